"""@@PACKAGE bot/cli"""
