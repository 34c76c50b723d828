# Who asked for what, and which handshakes failed, for 90 days. The service's own log has the same requests with more about
# them; this one also has those that never reached it.

data "aws_caller_identity" "current" {}

data "aws_iam_policy_document" "logs" {
  statement {
    sid     = "DeliverLogs"
    actions = ["s3:PutObject"]
    resources = [
      for prefix in ["access", "connections"] :
      "arn:aws:s3:::${local.logs_bucket}/${prefix}/AWSLogs/${data.aws_caller_identity.current.account_id}/*"
    ]

    principals {
      type        = "Service"
      identifiers = ["logdelivery.elasticloadbalancing.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

locals {
  logs_bucket = "${var.name}-logs-${data.aws_caller_identity.current.account_id}"
}

module "logs" {
  source = "../bucket"

  name              = local.logs_bucket
  force_destroy     = !var.protected
  expire_days       = 90
  old_versions_days = 7
  policies          = [data.aws_iam_policy_document.logs.json]
}
