raise ImportError("the plug-in is too old")
