output "base_url" {
  description = "Address of the service."
  value       = module.function.base_url
}

output "function_name" {
  description = "The function."
  value       = module.function.function_name
}
