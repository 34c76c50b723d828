# The most that any role made by a layer can do, whatever its own policy says: a mistake in a layer, or a branch that means harm,
# can make a role, but none that makes further roles, reads foreign tables, or reaches other buckets.

locals {
  # Of releases, and of branches.
  repositories = ["cadastre", "previews/cadastre"]
}

data "aws_iam_policy_document" "boundary" {
  statement {
    sid = "Tables"
    actions = [
      "dynamodb:BatchGetItem",
      "dynamodb:ConditionCheckItem",
      "dynamodb:DeleteItem",
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:Query",
      "dynamodb:UpdateItem",
    ]
    resources = ["arn:aws:dynamodb:${local.in_region}:table/cadastre-*"]
  }

  statement {
    sid       = "Downloads"
    actions   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    resources = ["arn:aws:s3:::cadastre-*-downloads-${local.account}/*"]
  }

  statement {
    sid       = "SignInToRegistry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    sid       = "PullImages"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = [for name in local.repositories : "arn:aws:ecr:${local.in_region}:repository/${name}"]
  }

  statement {
    sid       = "WriteLogs"
    actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = ["arn:aws:logs:${local.in_region}:log-group:/cadastre-*"]
  }

  statement {
    sid       = "ReadSecrets"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = ["arn:aws:secretsmanager:${local.in_region}:secret:/cadastre/*"]
  }
}

resource "aws_iam_policy" "boundary" {
  name        = "${local.name}-boundary"
  path        = "/cadastre-bootstrap/"
  description = "The most that roles made by the layers of ${local.name} can do."
  policy      = data.aws_iam_policy_document.boundary.json
}
