"""NUMBERS: Ibis expressions and array kernels over named tables; no Django."""
