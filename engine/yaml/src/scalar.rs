//! How one scalar is written: which style fits, where it folds, what is escaped.
