"""What source systems say: customer, order, case…, with money, quantity and typed ids."""
