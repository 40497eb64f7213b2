"""Reserved numbers that answer in a made-up way. Nothing imports this where the parameter `Sandbox` is not true."""
