# The name, its certificate, and the same for every name below it: previews live there.

data "aws_route53_zone" "this" {
  for_each = local.has_domain ? toset([var.zone_name]) : toset([])

  name = each.key
}

resource "aws_acm_certificate" "this" {
  for_each = local.has_domain ? toset(["443"]) : toset([])

  domain_name               = var.domain_name
  subject_alternative_names = ["*.${var.domain_name}"]
  validation_method         = "DNS"
  key_algorithm             = "EC_prime256v1"

  tags = { Name = var.domain_name }

  lifecycle {
    create_before_destroy = true
  }
}

# A name and its wildcard are validated by one and the same record.
resource "aws_route53_record" "validation" {
  for_each = local.has_domain ? toset([var.domain_name]) : toset([])

  zone_id         = data.aws_route53_zone.this[var.zone_name].zone_id
  name            = one([for option in aws_acm_certificate.this["443"].domain_validation_options : option.resource_record_name if option.domain_name == each.key])
  type            = one([for option in aws_acm_certificate.this["443"].domain_validation_options : option.resource_record_type if option.domain_name == each.key])
  records         = [for option in aws_acm_certificate.this["443"].domain_validation_options : option.resource_record_value if option.domain_name == each.key]
  ttl             = 300
  allow_overwrite = true
}

resource "aws_acm_certificate_validation" "this" {
  for_each = local.has_domain ? toset(["443"]) : toset([])

  certificate_arn         = aws_acm_certificate.this[each.key].arn
  validation_record_fqdns = [for record in aws_route53_record.validation : record.fqdn]
}

resource "aws_route53_record" "this" {
  for_each = local.has_domain ? toset([var.domain_name, "*.${var.domain_name}"]) : toset([])

  zone_id = data.aws_route53_zone.this[var.zone_name].zone_id
  name    = each.key
  type    = "A"

  alias {
    name                   = aws_lb.this.dns_name
    zone_id                = aws_lb.this.zone_id
    evaluate_target_health = false
  }
}
