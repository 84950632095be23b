"""The five work panels and the page of the Open step. They show a case and emit commands."""
