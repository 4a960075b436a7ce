"""People who live, devices that publish what they measure, and the report of it.

`people` is the pure part: who they are and what their days hold. Around it: `device` repeats each batch until its
receipt, `demo` lets a group of people live beside a running installation, `__main__` is the command line.
"""
