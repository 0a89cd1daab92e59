"""@@PACKAGE bot/jobs"""
