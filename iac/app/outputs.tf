output "base_url" {
  description = "Address of the service."
  value       = local.base_url
}

output "table_name" {
  description = "The DynamoDB table."
  value       = aws_dynamodb_table.this.name
}

output "table_arn" {
  description = "ARN of the table, the only one that tasks may touch."
  value       = aws_dynamodb_table.this.arn
}

output "secret_arns" {
  description = "Where the secret settings lie, by setting."
  value       = local.secret_arns
}

output "alerts_topic_arn" {
  description = "Topic that gets the alarms; null for a preview."
  value       = one(local.alerted)
}

output "parameters" {
  description = "All that the layer deploy reads, by name."
  value       = local.parameters
}
