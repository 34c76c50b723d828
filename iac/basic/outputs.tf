output "vpc_id" {
  description = "The VPC."
  value       = module.network.vpc_id
}

output "repository_url" {
  description = "Where images are pushed to."
  value       = aws_ecr_repository.this.repository_url
}

output "cluster_name" {
  description = "The ECS cluster."
  value       = aws_ecs_cluster.this.name
}

output "nat_gateway_count" {
  description = "How many NAT gateways there are; each costs 36.5 USD a month with its address."
  value       = module.network.nat_gateway_count
}

output "parameters" {
  description = "All that the other layers read, by name."
  value       = local.parameters
}
