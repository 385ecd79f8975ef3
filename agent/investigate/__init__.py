"""The only room that knows LangChain: chat models that investigate with the tools.

`loop.py` is the loop, `chain.py` what happens to one request, `models.py` how a model of the settings is opened.
"""
