variable "name" {
  type        = string
  description = "Name of the load balancer, at most 32 characters."

  validation {
    condition     = length(var.name) <= 32
    error_message = "Names of load balancers have at most 32 characters."
  }
}

variable "vpc_id" {
  type        = string
  description = "The VPC."
}

variable "subnet_ids" {
  type        = list(string)
  description = "Public subnets, one in each zone."
}

variable "domain_name" {
  type        = string
  description = "Name under which the service is reached. Null: plain HTTP under the name of the load balancer."
}

variable "zone_name" {
  type        = string
  description = "Zone in Route 53 that holds the name."
}

variable "ssl_policy" {
  type        = string
  description = "Which versions of TLS and which ciphers are spoken. Left out, the API takes one of 2016."
  default     = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"

  validation {
    condition     = strcontains(var.ssl_policy, "TLS13")
    error_message = "The policy must offer TLS 1.3."
  }
}

variable "firewall" {
  type        = bool
  description = "Whether a web application firewall stands in front."
}

variable "requests_per_5_minutes" {
  type        = number
  description = "Requests from one address within five minutes above which the firewall blocks it."
  default     = 60000
}

variable "protected" {
  type        = bool
  description = "Whether the load balancer and its logs must not be destroyed."
}
