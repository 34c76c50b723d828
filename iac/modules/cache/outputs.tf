output "url" {
  description = "Address with user and password, as the service takes it."
  value       = "rediss://${local.user}:${random_password.this[tostring(var.password_generation)].result}@${aws_elasticache_replication_group.this.primary_endpoint_address}:${local.port}"
  sensitive   = true
}

output "security_group_id" {
  description = "Security group of the nodes."
  value       = aws_security_group.this.id
}

output "node_ids" {
  description = "Nodes as CloudWatch names them."
  value       = [for number in range(1, var.replicas + 2) : format("%s-%03d", aws_elasticache_replication_group.this.replication_group_id, number)]
}

output "port" {
  description = "Port on which the nodes listen."
  value       = local.port
}
