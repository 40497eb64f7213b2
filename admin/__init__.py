"""The operator's commands: load facts, handle refused ones, rebuild, audit, publish, and finish erasures."""
