output "service_name" {
  description = "The ECS service."
  value       = aws_ecs_service.this.name
}

output "task_definition_arn" {
  description = "The revision that runs."
  value       = aws_ecs_task_definition.this.arn
}

output "image" {
  description = "The image that runs, by its digest."
  value       = local.image
}

output "base_url" {
  description = "Address of the service."
  value       = nonsensitive(local.app["base_url"])
}
