module "cache" {
  source = "../modules/cache"

  name                    = local.name
  vpc_id                  = local.basic["vpc_id"]
  subnet_ids              = split(",", local.basic["private_subnet_ids"])
  tasks_security_group_id = aws_security_group.tasks.id
  node_type               = coalesce(var.cache_node_type, local.preset.cache_node_type)
  replicas                = local.preset.cache_replicas
  password_generation     = var.cache_password_generation
  apply_immediately       = !local.protected
}
