"""The few dialogs there are. Errors, warnings and progress never come as one."""
