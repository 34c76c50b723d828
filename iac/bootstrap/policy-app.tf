# The layer app without its door: for an environment itself, and for the previews beside it. Everything is bound by name.

data "aws_iam_policy_document" "app" {
  for_each = local.scopes

  statement {
    sid = "Table"
    actions = [
      "dynamodb:CreateTable",
      "dynamodb:DeleteTable",
      "dynamodb:TagResource",
      "dynamodb:UntagResource",
      "dynamodb:UpdateContinuousBackups",
      "dynamodb:UpdateTable",
      "dynamodb:UpdateTimeToLive",
    ]
    resources = ["arn:aws:dynamodb:${local.in_region}:table/${each.value.names}"]
  }

  statement {
    sid = "Cache"
    actions = [
      "elasticache:AddTagsToResource",
      "elasticache:CreateCacheParameterGroup",
      "elasticache:CreateCacheSubnetGroup",
      "elasticache:CreateReplicationGroup",
      "elasticache:CreateUser",
      "elasticache:CreateUserGroup",
      "elasticache:DecreaseReplicaCount",
      "elasticache:DeleteCacheParameterGroup",
      "elasticache:DeleteCacheSubnetGroup",
      "elasticache:DeleteReplicationGroup",
      "elasticache:DeleteUser",
      "elasticache:DeleteUserGroup",
      "elasticache:IncreaseReplicaCount",
      "elasticache:ModifyCacheParameterGroup",
      "elasticache:ModifyCacheSubnetGroup",
      "elasticache:ModifyReplicationGroup",
      "elasticache:ModifyUser",
      "elasticache:ModifyUserGroup",
      "elasticache:RemoveTagsFromResource",
      "elasticache:ResetCacheParameterGroup",
    ]
    resources = [
      for kind in ["cluster", "parametergroup", "replicationgroup", "subnetgroup", "user", "usergroup"] :
      "arn:aws:elasticache:${local.in_region}:${kind}:${each.value.names}"
    ]
  }

  statement {
    sid = "Secrets"
    actions = [
      "secretsmanager:CreateSecret",
      "secretsmanager:DeleteSecret",
      "secretsmanager:PutSecretValue",
      "secretsmanager:TagResource",
      "secretsmanager:UntagResource",
      "secretsmanager:UpdateSecret",
      "secretsmanager:UpdateSecretVersionStage",
    ]
    resources = ["arn:aws:secretsmanager:${local.in_region}:secret:/cadastre/${each.value.tree}/*"]
  }

  statement {
    sid = "Logs"
    actions = [
      "logs:CreateLogGroup",
      "logs:DeleteLogGroup",
      "logs:DeleteMetricFilter",
      "logs:DeleteRetentionPolicy",
      "logs:PutMetricFilter",
      "logs:PutRetentionPolicy",
      "logs:TagResource",
      "logs:UntagResource",
    ]
    resources = [
      "arn:aws:logs:${local.in_region}:log-group:/${each.value.names}",
      "arn:aws:logs:${local.in_region}:log-group:aws-waf-logs-${each.value.names}",
    ]
  }

  # How network, cache and firewall hand over their logs; takes no resource.
  statement {
    sid = "DeliveryOfLogs"
    actions = [
      "logs:CreateLogDelivery",
      "logs:DeleteLogDelivery",
      "logs:DescribeResourcePolicies",
      "logs:GetLogDelivery",
      "logs:ListLogDeliveries",
      "logs:PutResourcePolicy",
      "logs:UpdateLogDelivery",
    ]
    resources = ["*"]
  }

  statement {
    sid = "Buckets"
    actions = [
      "s3:CreateBucket",
      "s3:DeleteBucket",
      "s3:DeleteBucketPolicy",
      "s3:DeleteObject",
      "s3:DeleteObjectVersion",
      "s3:ListBucketVersions",
      "s3:PutBucketOwnershipControls",
      "s3:PutBucketPolicy",
      "s3:PutBucketPublicAccessBlock",
      "s3:PutBucketTagging",
      "s3:PutBucketVersioning",
      "s3:PutEncryptionConfiguration",
      "s3:PutLifecycleConfiguration",
    ]
    resources = flatten([
      for purpose in ["logs", "downloads"] :
      [for end in ["", "/*"] : "arn:aws:s3:::${each.value.names}-${purpose}-${local.account}${end}"]
    ])
  }

  # Groups have no names before they are made.
  statement {
    sid = "WhoMaySpeakToWhom"
    actions = [
      "ec2:AuthorizeSecurityGroupEgress",
      "ec2:AuthorizeSecurityGroupIngress",
      "ec2:CreateSecurityGroup",
      "ec2:CreateTags",
      "ec2:DeleteSecurityGroup",
      "ec2:ModifySecurityGroupRules",
      "ec2:RevokeSecurityGroupEgress",
      "ec2:RevokeSecurityGroupIngress",
      "ec2:UpdateSecurityGroupRuleDescriptionsEgress",
      "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
    ]
    resources = ["arn:aws:ec2:${local.in_region}:*"]
  }
}

# Who it is, and where others find what it made.
data "aws_iam_policy_document" "names" {
  for_each = local.scopes

  statement {
    sid = "ParametersForOtherLayers"
    actions = [
      "ssm:AddTagsToResource",
      "ssm:DeleteParameter",
      "ssm:PutParameter",
      "ssm:RemoveTagsFromResource",
    ]
    resources = [
      for layer in ["app", "basic"] :
      "arn:aws:ssm:${local.in_region}:parameter/cadastre/${each.value.tree}/${layer}/*"
    ]
  }

  # No role without the boundary, and none gets rid of it.
  statement {
    sid = "BoundedRoles"
    actions = [
      "iam:CreateRole",
      "iam:DeleteRolePolicy",
      "iam:PutRolePermissionsBoundary",
      "iam:PutRolePolicy",
    ]
    resources = ["arn:aws:iam::${local.account}:role/cadastre/${each.value.names}"]

    condition {
      test     = "StringEquals"
      variable = "iam:PermissionsBoundary"
      values   = [aws_iam_policy.boundary.arn]
    }
  }

  statement {
    sid = "Roles"
    actions = [
      "iam:DeleteRole",
      "iam:ListInstanceProfilesForRole",
      "iam:TagRole",
      "iam:UntagRole",
      "iam:UpdateAssumeRolePolicy",
      "iam:UpdateRole",
    ]
    resources = ["arn:aws:iam::${local.account}:role/cadastre/${each.value.names}"]
  }
}
