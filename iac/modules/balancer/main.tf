# The one door to the internet: TLS 1.3, a redirect from plain HTTP, and nothing behind it until a rule says so. Services
# come as rules of the listener, so a preview needs no door of its own.

locals {
  has_domain = var.domain_name != null
}

resource "aws_lb" "this" {
  name               = var.name
  load_balancer_type = "application"
  internal           = false
  subnets            = var.subnet_ids
  security_groups    = [aws_security_group.this.id]

  drop_invalid_header_fields = true
  desync_mitigation_mode     = "defensive"
  xff_header_processing_mode = "append"
  enable_deletion_protection = var.protected
  enable_zonal_shift         = true

  # Shorter than the 75 s for which the service keeps an idle connection: were the service the first to close one, the load
  # balancer could be sending into it just then, and would answer 502.
  idle_timeout = 60

  access_logs {
    enabled = true
    bucket  = module.logs.id
    prefix  = "access"
  }

  connection_logs {
    enabled = true
    bucket  = module.logs.id
    prefix  = "connections"
  }
}

# --- listeners -----------------------------------------------------------------------------------------------------

# Without a domain there can be no certificate. Then, and only then, this listener serves.
resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.this.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = local.has_domain ? "redirect" : "fixed-response"

    dynamic "redirect" {
      for_each = local.has_domain ? ["https"] : []

      content {
        protocol    = "HTTPS"
        port        = "443"
        status_code = "HTTP_301"
      }
    }

    dynamic "fixed_response" {
      for_each = local.has_domain ? [] : ["nothing here"]

      content {
        content_type = "text/plain"
        message_body = fixed_response.value
        status_code  = "404"
      }
    }
  }
}

resource "aws_lb_listener" "https" {
  for_each = local.has_domain ? toset(["443"]) : toset([])

  load_balancer_arn = aws_lb.this.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = var.ssl_policy
  certificate_arn   = aws_acm_certificate_validation.this["443"].certificate_arn

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      message_body = "nothing here"
      status_code  = "404"
    }
  }
}

locals {
  listener_arn = local.has_domain ? aws_lb_listener.https["443"].arn : aws_lb_listener.http.arn
}

# Figures of the process are for a Prometheus in the VPC, which asks each task; from outside it would meet one by chance.
resource "aws_lb_listener_rule" "metrics" {
  listener_arn = local.listener_arn
  priority     = 1

  condition {
    path_pattern {
      values = ["/metrics", "/metrics/"]
    }
  }

  action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      message_body = "nothing here"
      status_code  = "404"
    }
  }

  tags = { Name = "${var.name}-metrics" }
}

# --- who may come in -----------------------------------------------------------------------------------------------

resource "aws_security_group" "this" {
  name_prefix = "${var.name}-balancer-"
  description = "Load balancer: in from the world on 80 and 443, out to tasks only."
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-balancer" }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "http" {
  security_group_id = aws_security_group.this.id
  description       = "The world, to be sent on to HTTPS"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 80
  to_port           = 80
}

resource "aws_vpc_security_group_ingress_rule" "https" {
  for_each = local.has_domain ? toset(["443"]) : toset([])

  security_group_id = aws_security_group.this.id
  description       = "The world over TLS"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}
