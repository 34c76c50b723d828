terraform {
  required_version = ">= 1.11, < 2.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "6.25.0"
    }
  }

  # Bucket, key and region come with `terraform init -backend-config`, because they differ by account and environment.
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  default_tags {
    tags = {
      project     = "cadastre"
      environment = var.environment
      layer       = "function"
      managed_by  = "terraform"
      version     = var.image_version
    }
  }
}
