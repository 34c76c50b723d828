variable "name" {
  type        = string
  description = "Name of the VPC and beginning of all other names."
}

variable "cidr_block" {
  type        = string
  description = "Addresses of the VPC, a /16."

  validation {
    condition     = can(cidrnetmask(var.cidr_block)) && endswith(var.cidr_block, "/16")
    error_message = "The VPC needs a /16, such as 10.64.0.0/16."
  }
}

variable "zones" {
  type        = map(number)
  description = "Letter of each availability zone, with the number of its subnets (0 to 14), which never changes."

  validation {
    condition     = length(var.zones) == 3 && length(distinct(values(var.zones))) == 3
    error_message = "Three zones are needed, each with a number of its own."
  }

  validation {
    condition     = alltrue([for number in values(var.zones) : number >= 0 && number <= 14])
    error_message = "Numbers of zones go from 0 to 14."
  }
}

variable "nat" {
  type        = string
  description = "NAT gateways: none, single or per_zone."

  validation {
    condition     = contains(["none", "single", "per_zone"], var.nat)
    error_message = "NAT gateways are none, single or per_zone."
  }
}

variable "interface_endpoints" {
  type        = list(string)
  description = "AWS services that get an interface endpoint in every zone, such as ecr.api."
}

variable "flow_log_traffic" {
  type        = string
  description = "What the flow log holds: ALL, or REJECT only."
}

variable "permissions_boundary_arn" {
  type        = string
  description = "Policy that bounds every role that is made here."
}
