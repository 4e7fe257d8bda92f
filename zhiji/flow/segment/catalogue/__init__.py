"""What conditions can be made of here, for whoever writes one: names, values, sentences, classic segments."""
