output "vpc_id" {
  description = "The VPC."
  value       = aws_vpc.this.id
}

output "public_subnet_ids" {
  description = "Public subnets, one in each zone."
  value       = [for subnet in aws_subnet.public : subnet.id]

  # Whoever builds on them wants the way out to be there.
  depends_on = [aws_route.internet, aws_route_table_association.public]
}

output "private_subnet_ids" {
  description = "Private subnets, one in each zone."
  value       = [for subnet in aws_subnet.private : subnet.id]

  depends_on = [aws_route.nat, aws_route_table_association.private]
}

output "endpoints_security_group_id" {
  description = "Security group of the interface endpoints."
  value       = aws_security_group.endpoints.id
}

output "prefix_list_ids" {
  description = "Address ranges of S3 and DynamoDB in this region, for rules of security groups."
  value       = { for service, endpoint in aws_vpc_endpoint.gateway : service => endpoint.prefix_list_id }
}

output "nat_gateway_count" {
  description = "How many NAT gateways there are."
  value       = length(aws_nat_gateway.this)
}
