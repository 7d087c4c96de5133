"""What a company has agreed about its data: contracts after the Open Data Contract Standard."""
