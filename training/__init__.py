"""Scripts of the QA engineer: synthetic parts, training, evaluation, model packages."""
