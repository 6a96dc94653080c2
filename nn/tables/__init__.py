"""Own data: tables read from CSV files, encoded as rows of numbers, scaled, and split into training and test rows."""

from __future__ import annotations

from .columns import Category, Column, Number, Truth
from .dataset import Dataset, read_csv
from .encoding import Encoding
from .reading import Table, read_table
from .scaling import Scaling
from .splitting import train_test_split

__all__ = [
    "Category",
    "Column",
    "Dataset",
    "Encoding",
    "Number",
    "Scaling",
    "Table",
    "Truth",
    "read_csv",
    "read_table",
    "train_test_split",
]
