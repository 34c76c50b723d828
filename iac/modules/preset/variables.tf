variable "name" {
  type        = string
  description = "Which preset: preview, small, standard or large."

  validation {
    condition     = contains(["preview", "small", "standard", "large"], var.name)
    error_message = "There are the presets preview, small, standard and large."
  }
}
