pen(Price).
