output "id" {
  description = "Name of the bucket, known once its policy is in place."
  value       = aws_s3_bucket_policy.this.id
}

output "arn" {
  description = "ARN of the bucket."
  value       = aws_s3_bucket.this.arn
}
