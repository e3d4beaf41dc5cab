findall(X, ancestor(ann, X), Found), sort(Found, All).
