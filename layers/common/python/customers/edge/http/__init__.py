"""From an API Gateway event to a typed call and back."""
