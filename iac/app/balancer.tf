# The door: its own, or for a preview that of the shared environment. Behind it the service is one rule and one target group.

locals {
  has_domain = local.is_preview ? true : var.domain_name != null

  door = local.is_preview ? {
    listener_arn      = data.aws_ssm_parameter.door["listener_arn"].insecure_value
    arn_suffix        = data.aws_ssm_parameter.door["balancer_arn_suffix"].insecure_value
    security_group_id = data.aws_ssm_parameter.door["balancer_security_group_id"].insecure_value
    host              = "${var.environment}.${data.aws_ssm_parameter.door["domain_name"].insecure_value}"
    } : {
    listener_arn      = module.balancer["own"].listener_arn
    arn_suffix        = module.balancer["own"].arn_suffix
    security_group_id = module.balancer["own"].security_group_id
    host              = var.domain_name == null ? module.balancer["own"].dns_name : var.domain_name
  }

  base_url = "${local.has_domain ? "https" : "http"}://${local.door.host}"
}

data "aws_ssm_parameter" "door" {
  for_each = local.is_preview ? toset(["listener_arn", "balancer_arn_suffix", "balancer_security_group_id", "domain_name"]) : toset([])

  name = "/cadastre/${local.ground}/app/${each.key}"

  lifecycle {
    postcondition {
      condition     = self.insecure_value != "none"
      error_message = "Previews are told apart by their host name, so the shared environment needs a domain_name."
    }
  }
}

module "balancer" {
  source   = "../modules/balancer"
  for_each = local.is_preview ? toset([]) : toset(["own"])

  name        = local.name
  vpc_id      = local.basic["vpc_id"]
  subnet_ids  = split(",", local.basic["public_subnet_ids"])
  domain_name = var.domain_name
  zone_name   = var.domain_name == null ? "none" : coalesce(var.zone_name, join(".", slice(split(".", var.domain_name), 1, length(split(".", var.domain_name)))))
  firewall    = var.enable_waf == null ? local.preset.waf : var.enable_waf
  protected   = local.protected
}

# Said with every plan and apply until it is mended.
check "encrypted" {
  assert {
    condition     = local.has_domain
    error_message = "There is no domain_name, so callers speak plain HTTP and anybody on the way can read tokens. For a first try only."
  }
}

# The health check asks /readyz, which never asks Redis or the table: an outage of either would otherwise take every task out.
# 2 checks of 5 s: a new task serves 10 s after it is ready, and one that is not is left alone as soon.
resource "aws_lb_target_group" "this" {
  name_prefix = "cad-"
  vpc_id      = local.basic["vpc_id"]
  target_type = "ip"
  protocol    = "HTTP"
  port        = local.service_port

  # ECS sends SIGTERM only when this is over. Requests take milliseconds, and the service goes on serving for 15 s more.
  deregistration_delay = 20

  # A new task begins with a cold cache, so its share grows over 30 s. That excludes least_outstanding_requests.
  slow_start                    = 30
  load_balancing_algorithm_type = "round_robin"

  health_check {
    path                = "/readyz"
    matcher             = "200"
    interval            = 5
    timeout             = 2
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }

  tags = { Name = local.name }

  lifecycle {
    create_before_destroy = true
  }
}

# The rule of a preview takes the next free place; 1 is taken by the rule that hides /metrics.
resource "aws_lb_listener_rule" "this" {
  listener_arn = local.door.listener_arn
  priority     = local.is_preview ? null : 10

  condition {
    dynamic "host_header" {
      for_each = local.has_domain ? [local.door.host] : []

      content {
        values = [host_header.value]
      }
    }

    dynamic "path_pattern" {
      for_each = local.has_domain ? [] : ["/*"]

      content {
        values = [path_pattern.value]
      }
    }
  }

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this.arn
  }

  tags = { Name = local.name }
}
