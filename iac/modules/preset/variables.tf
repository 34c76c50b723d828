variable "name" {
  type        = string
  description = "Which preset: preview, small or large."

  validation {
    condition     = contains(["preview", "small", "large"], var.name)
    error_message = "There are the presets preview, small and large."
  }
}
