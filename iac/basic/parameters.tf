# What the next layers need, where they find it. Nothing of this is ever typed.

locals {
  parameters = {
    preset                      = var.preset
    vpc_id                      = module.network.vpc_id
    public_subnet_ids           = join(",", module.network.public_subnet_ids)
    private_subnet_ids          = join(",", module.network.private_subnet_ids)
    tasks_are_public            = tostring(local.tasks_are_public)
    internet                    = tostring(local.tasks_are_public || local.nat != "none")
    endpoints_security_group_id = local.has_endpoints ? module.network.endpoints_security_group_id : "none"
    s3_prefix_list_id           = module.network.prefix_list_ids["s3"]
    dynamodb_prefix_list_id     = module.network.prefix_list_ids["dynamodb"]
    cluster_name                = aws_ecs_cluster_capacity_providers.this.cluster_name
    cluster_arn                 = aws_ecs_cluster.this.arn
    repository_name             = aws_ecr_repository.this.name
    repository_arn              = aws_ecr_repository.this.arn
    repository_url              = aws_ecr_repository.this.repository_url
    preview_repository_name     = aws_ecr_repository.previews.name
    preview_repository_arn      = aws_ecr_repository.previews.arn
    preview_repository_url      = aws_ecr_repository.previews.repository_url
  }
}

resource "aws_ssm_parameter" "this" {
  for_each = local.parameters

  name           = "/cadastre/${var.environment}/basic/${each.key}"
  description    = "Written by the layer basic."
  type           = "String"
  insecure_value = each.value
}
