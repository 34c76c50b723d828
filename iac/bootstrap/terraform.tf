terraform {
  required_version = ">= 1.11, < 2.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "6.25.0"
    }
  }

  # In the bucket that this very layer makes: bootstrap.sh begins with a local state and moves it there.
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
      layer       = "bootstrap"
      managed_by  = "terraform"
    }
  }
}
