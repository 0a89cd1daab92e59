"""@@PACKAGE bot/cli/commands"""
