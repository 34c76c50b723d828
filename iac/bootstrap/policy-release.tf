# Releases: an image into the repository, and tasks that run it. Nothing here changes a table, a network or a role.

data "aws_iam_policy_document" "image" {
  for_each = toset(keys(local.releases))

  statement {
    sid       = "SignInToRegistry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  # Tags never move, so what was pushed once cannot be replaced.
  statement {
    sid = "PushImage"
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:CompleteLayerUpload",
      "ecr:DescribeImages",
      "ecr:GetDownloadUrlForLayer",
      "ecr:InitiateLayerUpload",
      "ecr:PutImage",
      "ecr:UploadLayerPart",
    ]
    resources = ["arn:aws:ecr:${local.in_region}:repository/${local.releases[each.key].repository}"]
  }
}

locals {
  releases = merge(
    { deploy = { name = local.name, tree = var.environment, repository = "cadastre" } },
    var.with_previews ? { preview = { name = "cadastre-p-*", tree = "p-*", repository = "previews/cadastre" } } : {},
  )
}

data "aws_iam_policy_document" "run" {
  for_each = local.releases

  statement {
    sid     = "TaskDefinition"
    actions = ["ecs:RegisterTaskDefinition", "ecs:TagResource"]
    resources = [
      "arn:aws:ecs:${local.in_region}:task-definition/${each.value.name}:*",
    ]
  }

  # Take no resource.
  statement {
    sid = "Look"
    actions = [
      "application-autoscaling:DescribeScalableTargets",
      "application-autoscaling:DescribeScalingPolicies",
      "ecs:DeregisterTaskDefinition",
      "ecs:DescribeTaskDefinition",
      "elasticloadbalancing:DescribeTargetGroups",
      "ssm:DescribeParameters",
    ]
    resources = ["*"]
  }

  statement {
    sid = "Service"
    actions = [
      "ecs:CreateService",
      "ecs:DeleteService",
      "ecs:DescribeServiceDeployments",
      "ecs:DescribeServices",
      "ecs:ListServiceDeployments",
      "ecs:ListTagsForResource",
      "ecs:TagResource",
      "ecs:UntagResource",
      "ecs:UpdateService",
    ]
    resources = [
      "arn:aws:ecs:${local.in_region}:service/${local.name}/${each.value.name}",
      "arn:aws:ecs:${local.in_region}:service-deployment/${local.name}/${each.value.name}/*",
    ]
  }

  statement {
    sid       = "RolesOfTasks"
    actions   = ["iam:PassRole"]
    resources = [for role in ["execution", "task"] : "arn:aws:iam::${local.account}:role/cadastre/${each.value.name}-${role}"]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }

  statement {
    sid = "Scaling"
    actions = [
      "application-autoscaling:DeleteScalingPolicy",
      "application-autoscaling:DeregisterScalableTarget",
      "application-autoscaling:ListTagsForResource",
      "application-autoscaling:PutScalingPolicy",
      "application-autoscaling:RegisterScalableTarget",
      "application-autoscaling:TagResource",
      "application-autoscaling:UntagResource",
    ]
    resources = ["arn:aws:application-autoscaling:${local.in_region}:scalable-target/*"]
  }

  # Scaling makes alarms under names of its own.
  statement {
    sid       = "AlarmsOfScaling"
    actions   = ["cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm"]
    resources = ["arn:aws:cloudwatch:${local.in_region}:alarm:TargetTracking-service/${local.name}/${each.value.name}*"]
  }

  statement {
    sid       = "AlarmsThatRollBack"
    actions   = ["cloudwatch:DescribeAlarms"]
    resources = ["arn:aws:cloudwatch:${local.in_region}:alarm:*"]
  }

  statement {
    sid     = "ReadParameters"
    actions = ["ssm:GetParameter", "ssm:GetParameters", "ssm:ListTagsForResource"]
    resources = [
      for tree in distinct([var.environment, each.value.tree]) :
      "arn:aws:ssm:${local.in_region}:parameter/cadastre/${tree}/*"
    ]
  }

  statement {
    sid = "WriteParameters"
    actions = [
      "ssm:AddTagsToResource",
      "ssm:DeleteParameter",
      "ssm:PutParameter",
      "ssm:RemoveTagsFromResource",
    ]
    resources = ["arn:aws:ssm:${local.in_region}:parameter/cadastre/${each.value.tree}/deploy/*"]
  }
}
