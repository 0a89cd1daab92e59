"""@@PACKAGE bot/handlers"""
