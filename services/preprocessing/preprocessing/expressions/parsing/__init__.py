"""Text of Spark SQL to trees: `parse_expression` is the door.

dialect          sqlglot's Spark, with functions by name
read_tree        its nodes to ours
functions        functions of numbers, and choices
text_functions   functions of texts and instants
list_functions   functions of lists
operands         implicit casts
literals         numbers, dates and timestamps
refusal          the error
"""
