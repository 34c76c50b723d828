# Written once the version serves, so it always names one that did. The pipeline reads it to know what to go back to.
resource "aws_ssm_parameter" "image_version" {
  name           = "/cadastre/${var.environment}/deploy/image_version"
  description    = "Written by the layer deploy."
  type           = "String"
  insecure_value = var.image_version

  depends_on = [aws_ecs_service.this]
}
