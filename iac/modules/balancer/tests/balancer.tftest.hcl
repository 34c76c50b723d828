mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111111111111" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
}

variables {
  name        = "cadastre-test"
  vpc_id      = "vpc-0123456789abcdef0"
  subnet_ids  = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1", "subnet-0123456789abcdef2"]
  domain_name = "test.cadastre.example.com"
  zone_name   = "cadastre.example.com"
  firewall    = true
  protected   = true
}

run "with_a_domain" {
  command = plan

  assert {
    condition     = aws_lb_listener.https["443"].ssl_policy == "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09" && aws_lb_listener.https["443"].protocol == "HTTPS"
    error_message = "The listener speaks something older than it should."
  }

  assert {
    condition     = aws_lb_listener.http.default_action[0].type == "redirect" && aws_lb_listener.http.default_action[0].redirect[0].status_code == "HTTP_301" && aws_lb_listener.http.default_action[0].redirect[0].protocol == "HTTPS"
    error_message = "Plain HTTP is not sent on to HTTPS."
  }

  assert {
    condition     = aws_lb_listener.https["443"].default_action[0].fixed_response[0].status_code == "404"
    error_message = "What no rule knows is not answered with 404."
  }

  assert {
    condition     = aws_lb_listener_rule.metrics.priority == 1 && aws_lb_listener_rule.metrics.action[0].fixed_response[0].status_code == "404"
    error_message = "The metrics can be read from outside."
  }

  assert {
    condition     = aws_lb.this.enable_deletion_protection && aws_lb.this.drop_invalid_header_fields && aws_lb.this.idle_timeout == 60
    error_message = "The load balancer can be deleted, lets malformed headers in, or waits longer than the service."
  }

  assert {
    condition     = aws_lb.this.access_logs[0].enabled && aws_lb.this.connection_logs[0].enabled
    error_message = "Nobody keeps who asked for what."
  }

  assert {
    condition     = aws_acm_certificate.this["443"].validation_method == "DNS" && contains(aws_acm_certificate.this["443"].subject_alternative_names, "*.test.cadastre.example.com")
    error_message = "The certificate is not for previews too."
  }

  assert {
    condition     = length(aws_wafv2_web_acl.this) == 1 && length(aws_wafv2_web_acl_association.this) == 1
    error_message = "No firewall stands in front."
  }

  assert {
    condition     = toset([aws_vpc_security_group_ingress_rule.http.to_port, aws_vpc_security_group_ingress_rule.https["443"].to_port]) == toset([80, 443])
    error_message = "Another port is open."
  }
}

run "without_a_domain" {
  command = plan

  variables {
    domain_name = null
    zone_name   = "none"
    firewall    = false
    protected   = false
  }

  assert {
    condition     = length(aws_lb_listener.https) == 0 && length(aws_acm_certificate.this) == 0 && length(aws_vpc_security_group_ingress_rule.https) == 0
    error_message = "There is a listener for TLS without a certificate."
  }

  assert {
    condition     = aws_lb_listener.http.default_action[0].type == "fixed-response"
    error_message = "Callers are sent to a port that nobody serves."
  }

  assert {
    condition     = length(aws_wafv2_web_acl.this) == 0
    error_message = "There is a firewall that nobody asked for."
  }
}

run "an_old_policy_is_refused" {
  command = plan

  variables {
    ssl_policy = "ELBSecurityPolicy-2016-08"
  }

  expect_failures = [var.ssl_policy]
}
