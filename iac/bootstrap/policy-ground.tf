# The layer basic. Parts of a network have no names that a policy could tell apart, so these are bound to region and account; image
# repository, cluster and the role of the flow log are bound by name.

data "aws_iam_policy_document" "ground" {
  statement {
    sid = "Network"
    actions = [
      "ec2:AllocateAddress",
      "ec2:AssociateRouteTable",
      "ec2:AttachInternetGateway",
      "ec2:CreateFlowLogs",
      "ec2:CreateInternetGateway",
      "ec2:CreateNatGateway",
      "ec2:CreateRoute",
      "ec2:CreateRouteTable",
      "ec2:CreateSubnet",
      "ec2:CreateVpc",
      "ec2:CreateVpcEndpoint",
      "ec2:DeleteFlowLogs",
      "ec2:DeleteInternetGateway",
      "ec2:DeleteNatGateway",
      "ec2:DeleteRoute",
      "ec2:DeleteRouteTable",
      "ec2:DeleteSubnet",
      "ec2:DeleteTags",
      "ec2:DeleteVpc",
      "ec2:DeleteVpcEndpoints",
      "ec2:DetachInternetGateway",
      "ec2:DisassociateAddress",
      "ec2:DisassociateRouteTable",
      "ec2:ModifySubnetAttribute",
      "ec2:ModifyVpcAttribute",
      "ec2:ModifyVpcEndpoint",
      "ec2:ReleaseAddress",
      "ec2:ReplaceRoute",
      "ec2:ReplaceRouteTableAssociation",
    ]
    resources = ["arn:aws:ec2:${local.in_region}:*"]
  }

  statement {
    sid       = "FlowLog"
    actions   = ["iam:PassRole"]
    resources = ["arn:aws:iam::${local.account}:role/cadastre/${local.name}-flow-log"]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["vpc-flow-logs.amazonaws.com"]
    }
  }

  statement {
    sid = "ImageRepository"
    actions = [
      "ecr:CreateRepository",
      "ecr:DeleteLifecyclePolicy",
      "ecr:DeleteRepository",
      "ecr:PutImageScanningConfiguration",
      "ecr:PutImageTagMutability",
      "ecr:PutLifecyclePolicy",
      "ecr:TagResource",
      "ecr:UntagResource",
    ]
    resources = [for name in local.repositories : "arn:aws:ecr:${local.in_region}:repository/${name}"]
  }

  # Take no resource: there is one registry in a region of an account.
  statement {
    sid       = "Replication"
    actions   = ["ecr:DeleteRegistryPolicy", "ecr:PutRegistryPolicy", "ecr:PutReplicationConfiguration"]
    resources = ["*"]
  }

  statement {
    sid = "Cluster"
    actions = [
      "ecs:CreateCluster",
      "ecs:DeleteCluster",
      "ecs:PutClusterCapacityProviders",
      "ecs:TagResource",
      "ecs:UntagResource",
      "ecs:UpdateCluster",
      "ecs:UpdateClusterSettings",
    ]
    resources = ["arn:aws:ecs:${local.in_region}:cluster/${local.name}"]
  }

  # AWS's own roles, which the first use of a service in an account makes.
  statement {
    sid     = "RolesOfAws"
    actions = ["iam:CreateServiceLinkedRole"]
    resources = [
      for service in local.services_with_roles :
      "arn:aws:iam::${local.account}:role/aws-service-role/${service}/*"
    ]

    condition {
      test     = "StringEquals"
      variable = "iam:AWSServiceName"
      values   = local.services_with_roles
    }
  }
}

locals {
  services_with_roles = [
    "ecs.amazonaws.com",
    "ecs.application-autoscaling.amazonaws.com",
    "elasticache.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
    "replication.ecr.amazonaws.com",
    "wafv2.amazonaws.com",
  ]
}
