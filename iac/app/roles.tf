# Two roles: ECS starts a task with one, the task itself acts with the other. Each may do what it does and nothing else, on
# these very resources. app/test/delivery/iac-permissions.test.ts compares the first list with what the adapters send.

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:aws:ecs:${local.region}:${local.account}:*"]
    }
  }
}

# --- the task ------------------------------------------------------------------------------------------------------

# A transaction has no action of its own: what it does to each item is what counts. No Scan, no index, no other table.
data "aws_iam_policy_document" "task" {
  statement {
    sid = "Table"
    actions = [
      "dynamodb:BatchGetItem",
      "dynamodb:ConditionCheckItem",
      "dynamodb:DeleteItem",
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:Query",
      "dynamodb:UpdateItem",
    ]
    resources = [aws_dynamodb_table.this.arn]
  }

  # An upload in parts needs no more than this, and a link is as good as the role that signs it.
  statement {
    sid       = "Downloads"
    actions   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    resources = ["${module.downloads.arn}/*"]
  }
}

resource "aws_iam_role" "task" {
  name                 = "${local.name}-task"
  path                 = "/cadastre/"
  description          = "The tasks of ${local.name}."
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = data.aws_ssm_parameter.permissions_boundary.insecure_value
}

resource "aws_iam_role_policy" "task" {
  name   = "table-and-downloads"
  role   = aws_iam_role.task.id
  policy = data.aws_iam_policy_document.task.json
}

# --- ECS, when it starts one ---------------------------------------------------------------------------------------

data "aws_iam_policy_document" "execution" {
  # Takes no resource: it is one token for the whole registry, and good for nothing without the next statement.
  statement {
    sid       = "SignInToRegistry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    sid       = "PullImage"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = [local.basic[local.is_preview ? "preview_repository_arn" : "repository_arn"]]
  }

  statement {
    sid       = "WriteLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.service.arn}:log-stream:*"]
  }

  statement {
    sid       = "ReadSecrets"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = values(local.secret_arns)
  }
}

resource "aws_iam_role" "execution" {
  name                 = "${local.name}-execution"
  path                 = "/cadastre/"
  description          = "ECS, while it starts tasks of ${local.name}."
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = data.aws_ssm_parameter.permissions_boundary.insecure_value
}

resource "aws_iam_role_policy" "execution" {
  name   = "start-tasks"
  role   = aws_iam_role.execution.id
  policy = data.aws_iam_policy_document.execution.json
}
