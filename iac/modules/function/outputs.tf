output "base_url" {
  description = "Address of the service."
  value       = aws_apigatewayv2_api.this.api_endpoint
}

output "function_name" {
  description = "The function."
  value       = aws_lambda_function.this.function_name
}
