# corpus: uncaught
# event: KeyError: 'momentum'
from marks import begin

settings = {"a": {"b": {}}}
begin()
value = (settings
    ["a"]
    ["b"]
    ["momentum"]
    ["x"]
    ["y"])
