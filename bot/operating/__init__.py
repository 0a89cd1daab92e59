"""What the operator's commands do. They work beside the running bot, and say in plain words what they found or did."""
