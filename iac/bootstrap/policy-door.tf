# Load balancer, certificate, name, firewall, alarms: what an environment has and a preview borrows.

data "aws_iam_policy_document" "door" {
  statement {
    sid = "LoadBalancer"
    actions = [
      "elasticloadbalancing:AddTags",
      "elasticloadbalancing:CreateListener",
      "elasticloadbalancing:CreateLoadBalancer",
      "elasticloadbalancing:CreateRule",
      "elasticloadbalancing:CreateTargetGroup",
      "elasticloadbalancing:DeleteListener",
      "elasticloadbalancing:DeleteLoadBalancer",
      "elasticloadbalancing:DeleteRule",
      "elasticloadbalancing:DeleteTargetGroup",
      "elasticloadbalancing:ModifyListener",
      "elasticloadbalancing:ModifyListenerAttributes",
      "elasticloadbalancing:ModifyLoadBalancerAttributes",
      "elasticloadbalancing:ModifyRule",
      "elasticloadbalancing:ModifyTargetGroup",
      "elasticloadbalancing:ModifyTargetGroupAttributes",
      "elasticloadbalancing:RemoveTags",
      "elasticloadbalancing:SetSecurityGroups",
      "elasticloadbalancing:SetSubnets",
      "elasticloadbalancing:SetWebAcl",
    ]
    resources = concat(local.door_arns, ["arn:aws:elasticloadbalancing:${local.in_region}:targetgroup/cad-*/*"])
  }

  # Takes no resource: there is none yet.
  statement {
    sid       = "NewCertificate"
    actions   = ["acm:RequestCertificate"]
    resources = ["*"]
  }

  statement {
    sid = "CertificateAndName"
    actions = [
      "acm:AddTagsToCertificate",
      "acm:DeleteCertificate",
      "acm:RemoveTagsFromCertificate",
      "route53:ChangeResourceRecordSets",
      "route53:GetChange",
    ]
    resources = [
      "arn:aws:acm:${local.in_region}:certificate/*",
      "arn:aws:route53:::change/*",
      "arn:aws:route53:::hostedzone/*",
    ]
  }

  statement {
    sid = "Firewall"
    actions = [
      "wafv2:AssociateWebACL",
      "wafv2:CreateWebACL",
      "wafv2:DeleteLoggingConfiguration",
      "wafv2:DeleteWebACL",
      "wafv2:DisassociateWebACL",
      "wafv2:PutLoggingConfiguration",
      "wafv2:TagResource",
      "wafv2:UntagResource",
      "wafv2:UpdateWebACL",
    ]
    resources = concat(local.door_arns, [
      "arn:aws:wafv2:${local.in_region}:regional/webacl/${local.name}/*",
      "arn:aws:wafv2:${local.in_region}:regional/managedruleset/*/*",
    ])
  }

  statement {
    sid = "Alarms"
    actions = [
      "cloudwatch:DeleteAlarms",
      "cloudwatch:PutMetricAlarm",
      "cloudwatch:TagResource",
      "cloudwatch:UntagResource",
      "events:DeleteRule",
      "events:PutRule",
      "events:PutTargets",
      "events:RemoveTargets",
      "events:TagResource",
      "events:UntagResource",
      "sns:CreateTopic",
      "sns:DeleteTopic",
      "sns:SetTopicAttributes",
      "sns:Subscribe",
      "sns:TagResource",
      "sns:Unsubscribe",
      "sns:UntagResource",
    ]
    resources = [
      "arn:aws:cloudwatch:${local.in_region}:alarm:${local.name}-*",
      "arn:aws:events:${local.in_region}:rule/${local.name}-*",
      "arn:aws:sns:${local.in_region}:${local.name}-alerts",
    ]
  }
}

locals {
  door_arns = [
    for kind in ["loadbalancer", "listener", "listener-rule"] :
    "arn:aws:elasticloadbalancing:${local.in_region}:${kind}/app/${local.name}/*"
  ]
}

# A preview hangs a rule and a target group of its own onto the door, and touches only what bears its own tag.
data "aws_iam_policy_document" "shared_door" {
  statement {
    sid       = "Make"
    actions   = ["elasticloadbalancing:CreateRule", "elasticloadbalancing:CreateTargetGroup"]
    resources = ["arn:aws:elasticloadbalancing:${local.in_region}:*"]

    condition {
      test     = "StringLike"
      variable = "aws:RequestTag/environment"
      values   = ["p-*"]
    }
  }

  statement {
    sid       = "Tag"
    actions   = ["elasticloadbalancing:AddTags"]
    resources = ["arn:aws:elasticloadbalancing:${local.in_region}:*"]

    condition {
      test     = "StringEquals"
      variable = "elasticloadbalancing:CreateAction"
      values   = ["CreateRule", "CreateTargetGroup"]
    }
  }

  statement {
    sid = "Change"
    actions = [
      "elasticloadbalancing:AddTags",
      "elasticloadbalancing:DeleteRule",
      "elasticloadbalancing:DeleteTargetGroup",
      "elasticloadbalancing:ModifyRule",
      "elasticloadbalancing:ModifyTargetGroup",
      "elasticloadbalancing:ModifyTargetGroupAttributes",
      "elasticloadbalancing:RemoveTags",
    ]
    resources = ["arn:aws:elasticloadbalancing:${local.in_region}:*"]

    condition {
      test     = "StringLike"
      variable = "aws:ResourceTag/environment"
      values   = ["p-*"]
    }
  }
}
