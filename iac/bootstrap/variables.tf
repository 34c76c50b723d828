variable "environment" {
  type        = string
  description = "Name of the environment whose account this is, such as sandbox or production."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.environment))
    error_message = "An environment has 3 to 20 characters: small letters, digits and hyphens."
  }
}

variable "github_repository" {
  type        = string
  description = "Repository whose workflows may act here, as owner/name."

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.github_repository))
    error_message = "A repository is owner/name."
  }
}

variable "github_subject" {
  type        = string
  description = "How tokens of that repository begin their subject. Null: repo:owner/name. Repositories made since July 2026 have the ids of both in it, as repo:owner@1/name@2."
  default     = null

  validation {
    condition     = var.github_subject == null ? true : can(regex("^repo:[^*?/:]+/[^*?/:]+$", var.github_subject))
    error_message = "A subject begins with repo:owner/name or repo:owner@id/name@id, without wildcards."
  }
}

variable "budget_email" {
  type        = string
  description = "Who is told when the month becomes dear."

  validation {
    condition     = strcontains(var.budget_email, "@")
    error_message = "This is no address."
  }
}

variable "monthly_budget_usd" {
  type        = number
  description = "What a month in this account should cost at most, in USD. Nothing is stopped at it; somebody is told."

  validation {
    condition     = var.monthly_budget_usd > 0
    error_message = "A budget is more than nothing."
  }
}

variable "with_previews" {
  type        = bool
  description = "Whether branches may have environments of their own in this account."
  default     = false
}

variable "with_approval" {
  type        = bool
  description = "Whether somebody has to approve what GitHub is about to do here. Goes into the commands for GitHub only."
  default     = false
}
