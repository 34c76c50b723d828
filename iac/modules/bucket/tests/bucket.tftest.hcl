mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
}

variables {
  name = "cadastre-test-bucket"
}

run "closed_and_kept" {
  command = plan

  assert {
    condition     = alltrue([for closed in ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"] : aws_s3_bucket_public_access_block.this[closed]])
    error_message = "The public gets in."
  }

  assert {
    condition     = aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Enabled"
    error_message = "What is overwritten is lost."
  }

  assert {
    condition     = one(data.aws_iam_policy_document.this.statement[0].condition).variable == "aws:SecureTransport" && data.aws_iam_policy_document.this.statement[0].effect == "Deny"
    error_message = "The bucket is reached without TLS."
  }

  assert {
    condition     = !aws_s3_bucket.this.force_destroy && length(aws_s3_bucket_lifecycle_configuration.this.rule) == 1
    error_message = "The bucket goes with what is in it, or its objects expire."
  }
}

run "objects_that_expire" {
  command = plan

  variables {
    expire_days = 90
  }

  assert {
    condition     = anytrue([for rule in aws_s3_bucket_lifecycle_configuration.this.rule : rule.id == "objects" && try(rule.expiration[0].days, 0) == 90])
    error_message = "Objects stay for ever."
  }
}
